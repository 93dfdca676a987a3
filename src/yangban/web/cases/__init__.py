"""Cases of practice with their compendium; campaigns, activities and volunteers."""

"""What leaves the house: report cards and comparisons now; bulletins, releases and open data build on the same Figures."""

"""From readings to Figures: pure rules, one medium a room; they do not know each other and touch no file."""

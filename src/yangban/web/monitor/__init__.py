"""What the staff does to readings and releases: uploads, reviews, reported values, and the way of a release to its signature."""

"""Who people are, which organisation they act for, and what they may do; and the chained record of what was done."""

"""What a chance is of: standing in the top tenth of growth among items of its age, three days later.

Numbers that every room names when it speaks of chances; how they are learned and graded is beside this module.
"""

HORIZON_HOURS = 72.0
TOP_SHARE = 0.1
"""Who rose: so large a part of the items; what guessing gets."""
CONFIDENT = 0.7
"""A chance that is called likely."""

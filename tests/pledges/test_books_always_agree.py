"""Whatever supporters, staff, worker, time and the network do, in whatever order: the books are right."""

from support.lives import Life, live

EXAMPLES = 220


def test_the_books_agree_with_stripe_whatever_happens(one_world):
    live(Life, one_world, EXAMPLES)

from sqlalchemy import select
from support.factories import pledged
from fundsite.pledges.models import Pledge
from fundsite.pledges.check import differences

def test_a(site, make):
    c = make.campaign(); make.reward(c, stock=5)
    b = site.browser()
    r = pledged(b)
    assert r.status_code == 303, r.text
    (p,), = site.rows(select(Pledge))
    site.pay(p.checkout_session_id)
    evs = site.events_about(p.checkout_session_id)
    print([e["type"] for e in evs])
    for e in evs: print(site.deliver(e).text)
    site.work()
    assert len(site.letterbox.mails)==1
    assert differences()==[]
    print(site.letterbox.mails[0].get_body(("plain",)).get_content())

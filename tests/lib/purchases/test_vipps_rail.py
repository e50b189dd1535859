"""What a payment at Vipps says besides its sum."""

from lib.purchases.vipps_rail import legal_links


def test_a_payer_is_shown_the_terms_and_the_privacy_policy_of_the_deployment() -> None:
    links = legal_links("https://api.minmentor.no")
    assert links
    assert links.terms_of_sale_url == "https://api.minmentor.no/vilkar"
    assert links.privacy_policy_url == "https://api.minmentor.no/personvern"


def test_vipps_would_refuse_links_without_https_so_that_loopback_sends_none() -> None:
    assert legal_links("http://localhost:3000") is None

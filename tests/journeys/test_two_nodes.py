"""Alice and Bob talk, each on a node of their own."""


def test_alice_and_bob_talk_both_ways_and_the_ticks_turn(met):
    alice, bob = met.alices.socket(), met.bobs.socket()
    alice.open(met.bob_id)
    bob.open(met.alice_id)
    key = alice.send(met.bob_id, "Grüße, Bob 👋 <script>alert(1)</script>")
    assert alice.hear_words("Grüße, Bob 👋 <script>alert(1)</script>")["key"] == key
    heard = bob.hear_words("Grüße, Bob 👋 <script>alert(1)</script>")
    alice.hear_state("delivered")
    bob.say(type="read", up_to=heard["pk"], **{"with": met.alice_id})
    alice.hear_state("read")
    bob.send(met.alice_id, "こんにちは")
    alice.hear_words("こんにちは")
    bob.hear_state("delivered")

def test_a_browsers_own_language_changes_nothing(client, db):
    response = client.get("/login", headers={"accept-language": "en-US"})
    assert response.headers["Content-Language"] == "zh-hans"


def test_the_language_somebody_chose_is_kept(client, db):
    client.post("/language", {"language": "en", "next": "/login"})
    assert client.get("/login").headers["Content-Language"] == "en"


def test_an_unknown_language_is_chinese(client, db):
    client.cookies["django_language"] = "xx"
    assert client.get("/login").headers["Content-Language"] == "zh-hans"

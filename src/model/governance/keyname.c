/* keyname.c - see keyname.h. */
#include "model/governance/keyname.h"

#include "base/str.h"

/* Letters, small ones, and digits. */
static struct str
plainly(struct str name, char out[KEYNAME_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < name.n && n < KEYNAME_MAX; i++) {
		char c = name.p[i], small = (char)(c | 32);

		if (c >= '0' && c <= '9')
			out[n++] = c;
		else if (small >= 'a' && small <= 'z')
			out[n++] = small;
	}
	return (struct str){ out, n };
}

bool
keyname_is_secret(struct str name)
{
	static const char *const list[] = { "token", "accesstoken", "idtoken", "refreshtoken",
		"authtoken", "apikey", "key", "secret", "clientsecret", "password", "passwd", "pwd",
		"pass", "auth", "authorization", "signature", "sig", "session", "sessionid", "sid",
		"code", "otp", "jwt", "xamzsignature", "xamzcredential", "xamzsecuritytoken" };
	char norm[KEYNAME_MAX];
	struct str plain = plainly(name, norm);

	for (size_t i = 0; i < NELEM(list); i++)
		if (str_is(plain, list[i]))
			return true;
	return false;
}

const char *
keyname_personal(struct str name)
{
	static const struct {
		const char *part, *what;
		bool whole; /* the name itself, not a part of it */
	} list[] = {
		{ "email", "an e-mail address", false }, { "mailaddress", "an e-mail address", false },
		{ "phone", "a phone number", false }, { "mobilenumber", "a phone number", false },
		{ "msisdn", "a phone number", false }, { "firstname", "a name", false },
		{ "lastname", "a name", false }, { "fullname", "a name", false },
		{ "surname", "a name", false }, { "familyname", "a name", false },
		{ "givenname", "a name", false }, { "username", "a name", true },
		{ "street", "a postal address", false }, { "postcode", "a postal address", false },
		{ "zipcode", "a postal address", false }, { "zip", "a postal address", true },
		{ "address", "a postal address", true }, { "birth", "a date of birth", false },
		{ "dob", "a date of birth", true }, { "gender", "a trait of a person", true },
		{ "creditcard", "a card number", false }, { "cardnumber", "a card number", false },
		{ "iban", "a bank account", false }, { "accountnumber", "a bank account", false },
		{ "passport", "an identity number", false }, { "ssn", "an identity number", true },
		{ "taxid", "an identity number", false }, { "latitude", "a place", false },
		{ "longitude", "a place", false }, { "lat", "a place", true }, { "lng", "a place", true },
		{ "lon", "a place", true }, { "password", "a secret", false },
		{ "secret", "a secret", false }, { "apikey", "a secret", false },
		{ "accesstoken", "a secret", false }, { "refreshtoken", "a secret", false },
	};
	char norm[KEYNAME_MAX];
	struct str plain = plainly(name, norm);

	for (size_t i = 0; i < NELEM(list) && plain.n > 0; i++)
		if (list[i].whole ? str_is(plain, list[i].part) :
		                    memmem(plain.p, plain.n, list[i].part, strlen(list[i].part)) != NULL)
			return list[i].what;
	return NULL;
}

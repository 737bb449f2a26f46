package jose_test

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
)

const maxLength = 1 << 13

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// TestForgedTokensAreRejected: RFC 8725 §3.1 to §3.3.
func TestForgedTokensAreRejected(t *testing.T) {
	key := generate(t, jose.ES256)
	verifies := public(t, key)
	signed, err := key.Sign("at+jwt", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(signed, ".")
	text, err := key.PublicJWK()
	if err != nil {
		t.Fatal(err)
	}
	withPublicKey, err := jose.NewSecretKey(text).Sign("at+jwt", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text string
		ok   bool
	}{
		"as it was signed":              {signed, true},
		"the algorithm none":            {encode(`{"alg":"none"}`) + "." + parts[1] + ".", false},
		"none with a signature":         {encode(`{"alg":"none"}`) + "." + parts[1] + "." + parts[2], false},
		"nOnE":                          {encode(`{"alg":"nOnE"}`) + "." + parts[1] + ".", false},
		"no algorithm":                  {encode(`{}`) + "." + parts[1] + "." + parts[2], false},
		"HS256 with the public key":     {withPublicKey, false},
		"another payload":               {parts[0] + "." + encode(`{}`) + "." + parts[2], false},
		"another header":                {encode(`{"alg":"ES256"}`) + "." + parts[1] + "." + parts[2], false},
		"an unknown critical extension": {encode(`{"alg":"ES256","crit":["x"],"x":1}`) + "." + parts[1] + "." + parts[2], false},
		"no signature":                  {parts[0] + "." + parts[1] + ".", false},
		"two parts":                     {parts[0] + "." + parts[1], false},
		"four parts":                    {signed + ".", false},
		"only dots":                     {strings.Repeat(".", maxLength), false},
		"nothing":                       {"", false},
	} {
		token, err := jose.ParseSigned(test.text, maxLength)
		if err == nil {
			_, err = token.Verify(&verifies)
		}
		if (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := jose.ParseSigned(signed, len(signed)); err != nil {
		t.Errorf("a token of the maximum length: %v", err)
	}
	if _, err := jose.ParseSigned(signed, len(signed)-1); err == nil {
		t.Error("a token that is longer than the maximum length is parsed")
	}
}

// TestAlgorithmFamiliesAreNotMixed: a public key must not be used as a secret.
func TestAlgorithmFamiliesAreNotMixed(t *testing.T) {
	secret := []byte(strings.Repeat("s", jose.MinSecretLength))
	mac, err := jose.NewSecretKey(secret).Sign("JWT", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	signed, err := generate(t, jose.ES256).Sign("JWT", []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jose.ParseSigned(mac, maxLength); err == nil {
		t.Error("ParseSigned accepts HS256")
	}
	if _, err := jose.ParseMAC(signed, maxLength); err == nil {
		t.Error("ParseMAC accepts ES256")
	}
	token, err := jose.ParseMAC(mac, maxLength)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := token.VerifyMAC(secret); err != nil || string(got) != payload || string(token.UnverifiedPayload()) != payload {
		t.Errorf("the payload is %s: %v", got, err)
	}
	if _, err := token.VerifyMAC([]byte(strings.Repeat("x", jose.MinSecretLength))); err == nil {
		t.Error("another secret verifies the token")
	}
}

// TestTypesAreComparedWithoutCaseAndPrefix: RFC 7515 §4.1.9.
func TestTypesAreComparedWithoutCaseAndPrefix(t *testing.T) {
	for typ, want := range map[string]string{
		"": "", "JWT": "jwt", "at+jwt": "at+jwt", "AT+JWT": "at+jwt", "application/at+jwt": "at+jwt", "Application/AT+jwt": "at+jwt", "text/at+jwt": "text/at+jwt",
	} {
		signed, err := jose.NewSecretKey(make([]byte, 32)).Sign(typ, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		if token, err := jose.ParseMAC(signed, maxLength); err != nil || token.Type != want {
			t.Errorf("the type of %q is %q: %v", typ, token.Type, err)
		}
	}
}

func TestUnsecuredTokensHaveNoSignature(t *testing.T) {
	const none = `{"alg":"none"}`
	for name, test := range map[string]struct {
		text, typ string
		ok        bool
	}{
		"RFC 7519 §6":          {encode(none) + "." + encode("{}") + ".", "", true},
		"a type":               {encode(`{"alg":"none","typ":"application/JWT"}`) + "." + encode("{}") + ".", "jwt", true},
		"a signature":          {encode(none) + "." + encode("{}") + ".AAAA", "", false},
		"two parts":            {encode(none) + "." + encode("{}"), "", false},
		"four parts":           {encode(none) + "." + encode("{}") + "..", "", false},
		"another algorithm":    {encode(`{"alg":"ES256"}`) + "." + encode("{}") + ".", "", false},
		"critical extensions":  {encode(`{"alg":"none","crit":["b64"]}`) + "." + encode("{}") + ".", "", false},
		"a typ that is a list": {encode(`{"alg":"none","typ":[]}`) + "." + encode("{}") + ".", "", false},
		"a malformed payload":  {encode(none) + ".%.", "", false},
		"a malformed header":   {"%.e30.", "", false},
	} {
		typ, got, err := jose.ParseUnsecured(test.text)
		if (err == nil) != test.ok || typ != test.typ || (test.ok && string(got) != "{}") {
			t.Errorf("%s: %q %s %v", name, typ, got, err)
		}
	}
	for text, want := range map[string]bool{encode(none) + ".x": true, encode(`{"alg":"ES256"}`): false, "x": false, "": false} {
		if got := jose.IsUnsecured(text); got != want {
			t.Errorf("%q is unsecured: %v", text, got)
		}
	}
}

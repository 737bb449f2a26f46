package jose_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"testing"

	gojose "github.com/go-jose/go-jose/v4"

	"github.com/seed-e6a88a41/latchkey/internal/jose"
	"github.com/seed-e6a88a41/latchkey/internal/testkeys"
)

// keys returns a private key for each algorithm, and their public keys and others.
func keys(t testing.TB) (private map[string]*jose.PrivateKey, verifying []jose.PublicKey) {
	t.Helper()
	private = make(map[string]*jose.PrivateKey)
	source := testkeys.NewSource()
	for _, alg := range jose.SigningAlgorithms() {
		signer, err := source(alg)
		if err != nil {
			t.Fatal(err)
		}
		key, err := jose.NewPrivateKey(alg, signer)
		if err != nil {
			t.Fatal(err)
		}
		private[alg], verifying = key, append(verifying, public(t, key))
	}
	other, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk := gojose.JSONWebKey{Key: other.Public()}
	text, err := jwk.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	key, err := jose.ParsePublicKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return private, append(verifying, key)
}

// agree reports whether the token is verified with one of the keys. It fails the test if it
// would be treated differently without the shortcut for the usual form.
func agree(t *testing.T, text string, keys []jose.PublicKey) (usual, verified bool) {
	t.Helper()
	token, err := jose.ParseSigned(text, len(text))
	other, otherErr := jose.ParseUnusual(text)
	if (err == nil) != (otherErr == nil) {
		t.Fatalf("%q: got %v and %v", text, err, otherErr)
	}
	if err != nil {
		return false, false
	}
	if token.Algorithm != other.Algorithm || token.KeyID != other.KeyID || token.Type != other.Type || !bytes.Equal(token.UnverifiedPayload(), other.UnverifiedPayload()) {
		t.Fatalf("%q: got %+v and %+v", text, token, other)
	}
	for i := range keys {
		payload, err := token.Verify(&keys[i])
		same, otherErr := other.Verify(&keys[i])
		if (err == nil) != (otherErr == nil) || !bytes.Equal(payload, same) || err != nil && payload != nil {
			t.Fatalf("%q with key %d: got %s, %v and %s, %v", text, i, payload, err, same, otherErr)
		}
		if err == nil && !bytes.Equal(payload, token.UnverifiedPayload()) {
			t.Fatalf("%q: two payloads", text)
		}
		verified = verified || err == nil
	}
	return token.IsUsual(), verified
}

// TestUsualAndUnusualTokensAreVerifiedAlike: every token here has a valid signature. The
// shortcut accepts exactly the tokens that go-jose accepts (RFC 7515, RFC 8725 §3).
func TestUsualAndUnusualTokensAreVerifiedAlike(t *testing.T) {
	private, public := keys(t)
	for name, test := range map[string]struct {
		header          string
		payload         string // in base64url; "" means {}
		usual, verified bool
	}{
		"ES256":                              {`{"alg":"ES256","kid":"k","typ":"at+jwt"}`, "", true, true},
		"RS256, another order":               {`{"typ":"JWT","kid":"k","alg":"RS256"}`, "", true, true},
		"PS256":                              {`{"alg":"PS256"}`, "", true, true},
		"EdDSA":                              {`{"alg":"EdDSA","typ":"application/AT+JWT"}`, "", true, true},
		"spaces":                             {` { "alg" : "ES256" , "kid" : "k" } `, "", true, true},
		"a tab":                              {"{\"alg\":\t\"ES256\"}", "", false, true},
		"no members":                         {`{}`, "", false, false},
		"a comma at the end":                 {`{"alg":"ES256",}`, "", false, false},
		"two objects":                        {`{"alg":"ES256"}{"alg":"ES256"}`, "", false, false},
		"the algorithm twice":                {`{"alg":"ES256","alg":"ES256"}`, "", false, false},
		"none, and then an algorithm":        {`{"alg":"none","alg":"ES256"}`, "", false, false},
		"an algorithm, and then none":        {`{"alg":"ES256","alg":"none"}`, "", false, false},
		"the kid twice":                      {`{"alg":"ES256","kid":"a","kid":"b"}`, "", false, false},
		"an empty kid, and then another":     {`{"alg":"ES256","kid":"","kid":"b"}`, "", false, false},
		"an empty kid":                       {`{"alg":"ES256","kid":""}`, "", false, true},
		"a kid that is a number":             {`{"alg":"ES256","kid":1}`, "", false, false},
		"a kid that is a list":               {`{"alg":"ES256","kid":["k"]}`, "", false, false},
		"a kid with an escape":               {`{"alg":"ES256","kid":"\u006b"}`, "", false, true},
		"a kid that is not ASCII":            {`{"alg":"ES256","kid":"é"}`, "", false, true},
		"a typ that is a number":             {`{"alg":"ES256","typ":7}`, "", false, true},
		"a name in upper case":               {`{"ALG":"ES256"}`, "", false, false},
		"a second name in upper case":        {`{"alg":"ES256","Alg":"none"}`, "", false, true},
		"a name with an escape":              {`{"\u0061lg":"ES256"}`, "", false, true},
		"an algorithm with another case":     {`{"alg":"es256"}`, "", false, false},
		"HS256":                              {`{"alg":"HS256"}`, "", false, false},
		"ES384":                              {`{"alg":"ES384"}`, "", false, false},
		"none":                               {`{"alg":"none"}`, "", false, false},
		"an unknown critical extension":      {`{"alg":"ES256","crit":["x"],"x":1}`, "", false, false},
		"a critical extension that is known": {`{"alg":"ES256","crit":["b64"],"b64":true}`, "", false, true},
		"an unencoded payload":               {`{"alg":"ES256","crit":["b64"],"b64":false}`, "", false, false},
		"a critical extension in a text":     {`{"alg":"ES256","crit":"exp"}`, "", false, false},
		"an embedded key":                    {`{"alg":"ES256","jwk":{"kty":"oct","k":"AAAA"}}`, "", false, false},
		"a link to keys":                     {`{"alg":"ES256","jku":"https://evil.example/jwks"}`, "", false, true},
		"a long kid":                         {`{"alg":"ES256","kid":"` + strings.Repeat("k", 600) + `"}`, "", false, true},
		"a long kid that is usual":           {`{"alg":"ES256","kid":"` + strings.Repeat("k", 480) + `"}`, "", true, true},
		"no payload":                         {`{"alg":"ES256"}`, "-", true, true},
		"unused bits in the payload":         {`{"alg":"ES256"}`, "e31", false, false},
		"a line break in the payload":        {`{"alg":"ES256"}`, "e3\n0", false, false},
		"a padded payload":                   {`{"alg":"ES256"}`, "e30=", false, false},
		"a payload in another alphabet":      {`{"alg":"ES256"}`, "+/+/", false, false},
		"a dot in the payload":               {`{"alg":"ES256"}`, "e3.0", false, false},
		"a header with a null":               {`{"alg":"ES256","kid":null}`, "", false, true},
		"a header that is a list":            {`["ES256"]`, "", false, false},
	} {
		alg := "ES256"
		for other := range private {
			if strings.Contains(test.header, other) {
				alg = other
			}
		}
		payload := strings.TrimPrefix(test.payload, "-")
		if test.payload == "" {
			payload = encode("{}")
		}
		text, err := private[alg].SignWith(encode(test.header), payload)
		if err != nil {
			t.Fatal(err)
		}
		if usual, verified := agree(t, text, public); usual != test.usual || verified != test.verified {
			t.Errorf("%s: usual %v, verified %v", name, usual, verified)
		}
		signature, err := base64.RawURLEncoding.DecodeString(text[strings.LastIndexByte(text, '.')+1:])
		if err != nil {
			t.Fatal(err)
		}
		zero := base64.RawURLEncoding.EncodeToString(slices.Insert(signature, 32, 0)) // with ES256, S has a leading zero
		for change, changed := range map[string]string{
			"a cut signature": text[:len(text)-1], "a longer signature": text + "AAAA", "a line break in the signature": text[:len(text)-2] + "\r\n" + text[len(text)-2:],
			"a zero in the middle": text[:strings.LastIndexByte(text, '.')+1] + zero, "a padded signature": text + "==", "no signature": text[:strings.LastIndexByte(text, '.')+1], "another part": text + ".", "a space": " " + text,
			"a line break in the header": "\n" + text, "a changed signature": text[:len(text)-10] + "AAAAA" + text[len(text)-5:],
		} {
			if _, verified := agree(t, changed, public); verified && !strings.Contains(change, "line break") {
				t.Errorf("%s, %s: verified", name, change)
			}
		}
	}
}

// TestSignatureIsForTheAlgorithmOfTheHeader: RFC 8725 §3.1. A key verifies nothing with the
// algorithm of another type of key, or with another algorithm of its own type.
func TestSignatureIsForTheAlgorithmOfTheHeader(t *testing.T) {
	private, public := keys(t)
	for alg, key := range private {
		for _, named := range append(jose.SigningAlgorithms(), "HS256", "none", "ES384", "RS384") {
			text, err := key.SignWith(encode(`{"alg":"`+named+`"}`), encode("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if _, verified := agree(t, text, public); verified != (alg == named) {
				t.Errorf("a signature with %s and the header %s: verified %v", alg, named, verified)
			}
		}
	}
}

// FuzzCompact: no text is treated differently because of the shortcut for the usual form.
func FuzzCompact(f *testing.F) {
	private, public := keys(f)
	for _, header := range []string{
		`{"alg":"ES256","kid":"k","typ":"at+jwt"}`, `{ "alg" : "RS256" }`, `{"alg":"PS256","kid":""}`, `{"alg":"EdDSA","crit":["b64"],"b64":false}`, `{"alg":"ES256","alg":"none"}`,
		`{"alg":"EdDSA","typ":"\u0041"}`, "{}", "", `[`, `{"alg":"HS256"}`,
	} {
		f.Add(header, "e30", false)
		f.Add(header, "e31\n", true)
	}
	f.Fuzz(func(t *testing.T, header, payload string, raw bool) {
		if !raw {
			header, payload = encode(header), encode(payload)
		}
		for _, key := range private {
			text, err := key.SignWith(header, payload)
			if err != nil {
				t.Fatal(err)
			}
			agree(t, text, public)
			agree(t, text[:len(text)-1], public)
		}
	})
}

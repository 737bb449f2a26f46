package passkeys

import "testing"

// Answers of authenticators that are well formed, but for no challenge of a server.
const (
	registration = `{"id":"AQ","rawId":"AQ","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHBzOi8vaWQuZXhhbXBsZSJ9","attestationObject":"o2NmbXRkbm9uZWdhdHRTdG10oGhhdXRoRGF0YVgl5e61hQAAAAA","transports":["internal"]}}`
	assertion    = `{"id":"AQ","rawId":"AQ","type":"public-key","clientExtensionResults":{},"response":{"clientDataJSON":"eyJ0eXBlIjoid2ViYXV0aG4uZ2V0IiwiY2hhbGxlbmdlIjoiQUFBQSIsIm9yaWdpbiI6Imh0dHBzOi8vaWQuZXhhbXBsZSJ9","authenticatorData":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAFAAAAAQ","signature":"AQ","userHandle":"AQ"}}`
)

// FuzzAnswers: no answer causes a panic, and none is valid for another server.
func FuzzAnswers(f *testing.F) {
	for _, seed := range []string{"", "{}", "null", registration, assertion} {
		f.Add([]byte(seed), []byte{0xa0})
	}
	rp := RelyingParty{ID: "other.example", Origins: []string{"https://other.example"}}
	f.Fuzz(func(t *testing.T, answer, key []byte) {
		if r, err := ParseRegistration(answer); err == nil {
			if _, err := r.Verify(rp); err == nil {
				t.Error("a registration of another server is valid")
			}
		}
		if a, err := ParseAssertion(answer); err == nil {
			if _, err := a.Verify(rp, key, true); err == nil {
				t.Error("a login at another server is valid")
			}
		}
	})
}

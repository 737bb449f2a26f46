package provider

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
)

// plainResponse and the following have the members of the types that write their
// JSON themselves, without their methods.
type (
	plainResponse      TokenResponse
	plainIntrospection Introspection
	plainCode          codeBody
)

func TestObjectsAreWrittenAsPackageJSONWritesThem(t *testing.T) {
	for _, text := range []string{"", "plain", `quoted "\\`, "<a&b>", "line\n", "\x00\x7f", "Grüße \u2028", "\xff"} {
		code := codeBody{RedirectURI: text, Challenge: text, ticketBody: ticketBody{Nonce: text}}
		full := code
		full.Omitted, full.Front = true, oauth.ID{1, 255}
		for _, c := range []struct{ got, want any }{
			{TokenResponse{}, plainResponse{}},
			{filled[TokenResponse](text), filled[plainResponse](text)},
			{Introspection{}, plainIntrospection{}},
			{filled[Introspection](text), filled[plainIntrospection](text)},
			{json.RawMessage(code.String()), plainCode(code)},
			{json.RawMessage(full.String()), plainCode(full)},
		} {
			got, err := json.Marshal(c.got)
			if err != nil {
				t.Fatal(err)
			}
			if want, err := json.Marshal(c.want); err != nil || string(got) != string(want) {
				t.Errorf("%T with %q is\n%s, want\n%s (%v)", c.got, text, got, want, err)
			}
		}
	}
}

// filled returns a struct all of whose fields are set, so that a new field that is
// not written fails the test. Fields of other kinds are set here.
func filled[T any](text string) (v T) {
	fields := reflect.ValueOf(&v).Elem()
	for i := range fields.NumField() {
		if fields.Type().Field(i).Tag.Get("json") == "-" {
			continue
		}
		switch field := fields.Field(i).Addr().Interface().(type) {
		case *string:
			*field = text
		case *int64:
			*field = int64(i + 1)
		case *bool:
			*field = true
		case *[]string:
			*field = []string{text}
		case *oauth.Audience:
			*field = oauth.Audience{text}
			if len(text) > 5 {
				*field = oauth.Audience{text, "https://api.example", text}
			}
		case **oauth.Actor:
			*field = &oauth.Actor{Subject: text, Act: &oauth.Actor{Subject: "nested"}}
		case *map[string]any: // the further members of an introspection
		default:
			panic("a field has no test value: " + fields.Type().Field(i).Name)
		}
	}
	return v
}

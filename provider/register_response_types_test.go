package provider_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/oauth"
	"github.com/seed-e6a88a41/latchkey/provider"
)

// hybridClient is the metadata of a client with every response type, whose values are
// in another order (RFC 6749 §3.1.1).
const hybridClient = `{"redirect_uris":["` + callback + `"],"response_types":["code","id_token code","token code id_token","token code","id_token","token id_token","token"]}`

// RFC 9700 §2.1.2: tokens that pass through the browser can leak, so a client that
// nobody has checked gets only codes.
func TestOnlyTrustedRegistrationsGetTokensThroughTheBrowser(t *testing.T) {
	h := newOpenHouse(t, nil)
	person, err := h.PersonToken(ctx, h.who.Subject)
	if err != nil {
		t.Fatal(err)
	}
	codeOnly, all := []any{"code"}, make([]any, len(oauth.ResponseTypes()))
	for i, responseType := range oauth.ResponseTypes() {
		all[i] = responseType
	}
	for authorization, want := range map[string][]any{"": codeOnly, "Bearer " + person: codeOnly, "Bearer " + h.initialAccess(1).String(): all} {
		information, err := h.Register(ctx, authorization, []byte(hybridClient))
		if err != nil || !reflect.DeepEqual(information["response_types"], want) {
			t.Errorf("with %q: %v %v, want %v", authorization, information["response_types"], err, want)
			continue
		}
		// An update cannot add one, and need not remove one.
		h.id, _ = information["client_id"].(string)
		bearer, _ := information["registration_access_token"].(string)
		for range 2 {
			information, err = h.UpdateRegistration(ctx, "Bearer "+bearer, h.id, edited(t, information, "response_types", strings.Split("code id_token,code,code token,id_token token,code id_token token,id_token", ",")))
			if got, _ := information["response_types"].([]any); err != nil || len(got) != len(want) {
				t.Errorf("after an update: %v %v, want %v", got, err, want)
			}
		}
		_, err = h.ask("response_type", "code id_token", "scope", "openid", "nonce", "n")
		if (err == nil) != (len(want) > 1) {
			t.Errorf("a request with %d registered types: %v", len(want), err)
		}
	}
}

func TestOnlyDocumentsOfAllowedHostsGetTokensThroughTheBrowser(t *testing.T) {
	for policy, want := range map[string]int{provider.DocumentsAsk: 1, provider.DocumentsAllow: len(oauth.ResponseTypes())} {
		h, s := newDocumentHouse(t, func(config *provider.Config) { config.ClientDocuments = policy })
		s.publish(documentID, `{"client_id":"`+documentID+`",`+hybridClient[1:])
		if c, err := h.Client(ctx, documentID); err != nil || len(c.ResponseTypes) != want {
			t.Errorf("%s: %v %v", policy, c, err)
		}
	}
}

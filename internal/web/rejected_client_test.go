package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// TestOthersReplaceNoRejectionOfAnAuthenticatedClient: a rejection has another
// reason if the client proved its secret, and a Store never replaces it with one that
// has a different reason.
func TestOthersReplaceNoRejectionOfAnAuthenticatedClient(t *testing.T) {
	p := latchkeytest.New(t)
	client, secret := p.AddClient("https://app.example/cb", nil)
	for _, presented := range []string{secret, "wrong"} {
		_, _ = send(t, "POST", p.Issuer+"/introspect", url.Values{"client_id": {client.ID}, "client_secret": {presented}}.Encode(), "Content-Type", form)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop() // Run stores the rejections when it ends
	if err := p.Server.Run(stopped); err != nil && stopped.Err() == nil {
		t.Fatal(err)
	}
	found, err := p.Store.Rejections(t.Context(), oauth.RejectionFilter{ClientID: client.ID}, 10)
	if err != nil || len(found) != 2 {
		t.Fatalf("%+v %v", found, err)
	}
	for _, r := range found {
		if got, want := strings.HasSuffix(r.Reason, " authenticated"), r.Code != oauth.CodeInvalidClient; got != want {
			t.Errorf("%s: the reason is %q", r.Code, r.Reason)
		}
	}
}

package latchkeytest

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/ui"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// notSecret are the fields of pages that have the name of a secret, with the reason why
// the template of a host may print them.
var notSecret = map[string]string{
	"account.Session.SecretHash":             "SHA-256 of random bytes",
	"audit.Record.Hash":                      "SHA-256 of the chain of the audit log, which its files contain too",
	"oauth.ClientSecret.Sealed":              "encrypted under the master key",
	"account.Factor.Body":                    "empty: TestPagesHaveNoStoredSecrets",
	"account.Profile.CurrentPassword":        "empty: TestPagesHaveNoStoredSecrets",
	"oauth.ClientSecret.Hash":                "empty: TestPagesHaveNoStoredSecrets",
	"oauth.ClientSecret.Slow":                "empty: TestPagesHaveNoStoredSecrets",
	"oauth.SigningKey.Private":               "empty: TestPagesHaveNoStoredSecrets",
	"admin.trialPage.IDToken":                "the claims, without the signature",
	"oauth.OwnerOffer.Hash":                  "SHA-256 of random bytes",
	"web.developedPage.Secret":               "shown once",
	"admin.clientForm.Secret":                "shown once",
	"admin.clientReadyPage.Secret":           "shown once",
	"admin.userReadyPage.Password":           "shown once",
	"web.applicationsPage.RegistrationToken": "shown once",
	"web.codesPage.Codes":                    "shown once",
	"web.totpPage.Secret":                    "shown once",
	"web.keepPage.Token":                     "the form sends the secret of the link",
	"web.resetPage.Token":                    "the form sends the secret of the link",
	"web.verifyPage.Token":                   "the form sends the secret of the link",
	"admin.listPage.Previous":                "the cursor of a page of a list",
	"web.activityPage.Password":              "the address of a page",
	"clientfields.Choice.Key":                "the key of a text",
}

// Templates of a host show what they want. They get nothing that nobody should see.
func TestDataOfPagesHasNoSecrets(t *testing.T) {
	w := secretWalk{seen: make(map[reflect.Type]bool), found: make(map[string]bool)}
	w.walk(reflect.TypeFor[ui.View]())
	for _, data := range []map[string]any{web.PageData(), admin.PageData()} {
		for _, page := range data {
			w.walk(reflect.TypeOf(page))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(w.found)) {
		if notSecret[name] == "" {
			t.Errorf("templates can print %s: give them a type without it, or explain it in notSecret", name)
		}
	}
	for name := range notSecret {
		if !w.found[name] {
			t.Errorf("no page has %s", name)
		}
	}
}

// A secretWalk visits the types that templates can reach through fields and methods.
type secretWalk struct {
	seen  map[reflect.Type]bool
	found map[string]bool // the fields with the name of a secret
}

func (w secretWalk) walk(t reflect.Type) {
	if t == reflect.TypeFor[time.Time]() || w.seen[t] {
		return
	}
	w.seen[t] = true
	for i := range t.NumMethod() {
		if results := t.Method(i).Type; results.NumOut() > 0 {
			w.walk(results.Out(0))
		}
	}
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		w.walk(t.Elem())
	case reflect.Map:
		w.walk(t.Key())
		w.walk(t.Elem())
	case reflect.Struct:
		w.walk(reflect.PointerTo(t))
		for i := range t.NumField() {
			field := t.Field(i)
			if !field.IsExported() && !field.Anonymous {
				continue
			}
			if secretName(field.Name) && holdsText(field.Type) {
				w.found[t.String()+"."+field.Name] = true
			}
			w.walk(field.Type)
		}
	}
}

// secretName reports whether a field has the name of a secret.
func secretName(name string) bool {
	return slices.ContainsFunc([]string{"Hash", "Secret", "Key", "Cookie", "Token", "Password", "Proof", "Codes", "Private", "Sealed", "Slow", "Previous", "Body", "PIN", "Salt"}, func(part string) bool {
		return strings.HasSuffix(name, part) || strings.HasSuffix(name, part+"s")
	})
}

// holdsText reports whether a field can hold a secret: a text or bytes.
func holdsText(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return holdsText(t.Elem())
	case reflect.String, reflect.Uint8, reflect.Interface:
		return true
	}
	return false
}

// The hashes of secrets that people chose, and what is sealed, are empty in the data of
// pages whose types have them.
func TestPagesHaveNoStoredSecrets(t *testing.T) {
	const secrets = `{{len .Secrets}} secret{{range .Secrets}}[{{printf "%x" .Hash}}{{.Slow}}]{{end}}`
	page := func(text string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte(`{{define "content"}}{{with .Data}}<p>Printed: ` + text + `</p>{{end}}{{end}}`)}
	}
	p := New(t, func(o *latchkey.Options) {
		o.Templates = fstest.MapFS{
			"web/account_profile.html": page(`ada[{{.Profile.CurrentPassword}}]`),
			"admin/client_show.html":   page(`{{with .Client}}` + secrets + `{{end}}`),
			"admin/client_delete.html": page(`{{with .Client}}` + secrets + `{{end}}`),
			"admin/key_retire.html":    page(`{{.Alg}}[{{printf "%x" .Private}}]`),
		}
	})
	p.AddUser("ada", true)
	now := time.Now()
	generated, stored := oauth.NewClientSecret(now)
	chosen, err := oauth.ImportClientSecret("a secret that a person chose", now)
	if err != nil || generated == "" {
		t.Fatal(err)
	}
	client, _ := p.AddClient("https://app.example/cb", func(c *oauth.Client) { c.Secrets = []oauth.ClientSecret{stored, chosen} })
	keys, err := p.Store.SigningKeys(t.Context())
	if err != nil || len(keys) == 0 || len(keys[0].Private) == 0 {
		t.Fatal(keys, err)
	}
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	for path, want := range map[string]string{
		p.Issuer + "/account/profile/":                          "ada[]",
		p.URL + "/admin/applications/" + client.ID + "/":        "2 secret[][]",
		p.URL + "/admin/applications/" + client.ID + "/delete/": "2 secret[][]",
		p.URL + "/admin/keys/" + keys[0].ID + "/retire/":        keys[0].Alg + "[]",
	} {
		if page := b.Open(path); !strings.Contains(page.Body, "Printed: "+want+"</p>") {
			t.Errorf("%s: %s %s", path, page.Status, page.Body)
		}
	}
}

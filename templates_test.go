package latchkey_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/memstore"
)

// withTemplates returns a server with these templates, and the error of New.
func withTemplates(t *testing.T, templates fstest.MapFS) (*latchkey.Server, error) {
	t.Helper()
	return latchkey.New(t.Context(), latchkey.Options{
		Issuer: "https://id.example/o", Store: memstore.New(nil), MasterKey: make([]byte, 32), Templates: templates,
	})
}

// TestBuiltInPagesHaveNoFaults checks all pages of Latchkey as those of a host are
// checked: one file of a host, here an asset, is enough.
func TestBuiltInPagesHaveNoFaults(t *testing.T) {
	if _, err := withTemplates(t, fstest.MapFS{"assets/own.css": {}}); err != nil {
		t.Error(err)
	}
}

func TestNewReportsTheFaultsOfAllTemplates(t *testing.T) {
	_, err := withTemplates(t, fstest.MapFS{
		"web/login.html":  {Data: []byte("{{define \"content\"}}\n{{.Data.Usernam}}{{end}}")},
		"admin/list.html": {Data: []byte(`{{define "content"}}{{range .Data.Rows}}{{.Mail}}{{end}}{{end}}`)},
		"web/logn.html":   {Data: []byte(`{{define "content"}}Log in{{end}}`)},
	})
	for _, want := range []string{
		"template web/login.html:2:7: loginPage has no field or method Usernam",
		"template admin/list.html:1:42: listRow has no field or method Mail",
		"template web/logn.html: the file does not replace a built-in file (did you mean web/login.html?)",
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	}
}

// TestReloadTemplatesKeepsThePagesIfATemplateHasAFault: the check is that of New.
func TestReloadTemplatesKeepsThePagesIfATemplateHasAFault(t *testing.T) {
	templates := fstest.MapFS{"web/home.html": {Data: []byte(`{{define "content"}}first{{end}}`)}}
	server, err := withTemplates(t, templates)
	if err != nil {
		t.Fatal(err)
	}
	home := func() string {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		return w.Body.String()
	}
	for _, text := range []string{"second {{.Data.Nothing}}", "second {{", `second <a href="`} {
		templates["web/home.html"] = &fstest.MapFile{Data: []byte(`{{define "content"}}` + text + `{{end}}`)}
		if err := server.ReloadTemplates(); err == nil || !strings.HasPrefix(err.Error(), "Templates: template web/home.html:1:") {
			t.Errorf("%s: got error %v", text, err)
		}
		if got := home(); !strings.Contains(got, "first") || strings.Contains(got, "second") {
			t.Errorf("%s: got page %s", text, got)
		}
	}
	templates["web/home.html"] = &fstest.MapFile{Data: []byte(`{{define "content"}}third{{end}}`)}
	if err := server.ReloadTemplates(); err != nil || !strings.Contains(home(), "third") {
		t.Errorf("got error %v, page %s", err, home())
	}
}

package latchkey_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/internal/admin"
	"github.com/seed-e6a88a41/latchkey/internal/bodylimit"
	"github.com/seed-e6a88a41/latchkey/internal/consumer"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
)

// A hugeBody counts the bytes that a handler reads from it.
type hugeBody struct {
	io.Reader
	read int
}

func (b *hugeBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.read += n
	return n, err
}

// hugeBodies are bodies of eight megabytes, by their Content-Type.
func hugeBodies(t *testing.T) map[string][]byte {
	t.Helper()
	const size = 8 << 20
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	field, err := w.CreateFormField("token")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = field.Write(bytes.Repeat([]byte("a"), size/2))
	file, err := w.CreateFormFile("file", "file")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = file.Write(bytes.Repeat([]byte("b"), size/2))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return map[string][]byte{
		"application/x-www-form-urlencoded": append([]byte("token="), bytes.Repeat([]byte("a"), size)...),
		w.FormDataContentType():             form.Bytes(),
		"text/plain":                        bytes.Repeat([]byte("a"), size),
		"application/json":                  bytes.Repeat([]byte(" "), size),
	}
}

// everyRoute returns the handlers of a server with everything switched on, by
// name, with the methods and paths of their routes.
func everyRoute(t *testing.T) (p *latchkeytest.Provider, handlers map[string]http.Handler, routes map[string][]string) {
	t.Helper()
	p = latchkeytest.New(t, func(o *latchkey.Options) { o.SignUp, o.InsecureCatchMails = true, true })
	c, err := consumer.New(consumer.Options{BaseURL: "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	handlers = map[string]http.Handler{"public": p.Server, "admin": p.Server.Admin(), "consumer": c}
	routes = make(map[string][]string)
	for _, path := range append(p.Server.Paths(), "/", "/unknown", "/o/unknown", "/o/static/x/latchkey.css") {
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			routes["public"] = append(routes["public"], method+" "+path)
		}
	}
	for _, pattern := range append(admin.Patterns(), "POST /unknown") {
		method, path, _ := strings.Cut(strings.NewReplacer("{$}", "", "{id}", "x").Replace(pattern), " ")
		routes["admin"] = append(routes["admin"], method+" /admin"+path, "POST /admin"+path)
	}
	for _, path := range []string{"/", "/consumer/", "/consumer/exchange/", "/consumer/done/", "/consumer/client/"} {
		routes["consumer"] = append(routes["consumer"], "GET "+path, "POST "+path)
	}
	return p, handlers, routes
}

func TestEveryRouteBoundsTheBody(t *testing.T) {
	p, handlers, routes := everyRoute(t)
	p.AddUser("ada", true)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	for contentType, body := range hugeBodies(t) {
		for face, handler := range handlers {
			for _, route := range routes[face] {
				for _, length := range []int64{int64(len(body)), -1} { // -1 is a chunked body
					for _, loggedIn := range []bool{false, true} {
						method, path, _ := strings.Cut(route, " ")
						huge := &hugeBody{Reader: bytes.NewReader(body)}
						r := httptest.NewRequest(method, p.URL+path, huge)
						r.ContentLength = length
						r.Header.Set("Content-Type", contentType)
						if loggedIn {
							for _, cookie := range b.Jar.Cookies(r.URL) {
								r.AddCookie(cookie)
							}
						}
						w := httptest.NewRecorder()
						handler.ServeHTTP(w, r)
						limit := bodylimit.Max
						if strings.TrimSuffix(path, "/") == "/o/account/picture" && method == http.MethodPost && strings.HasPrefix(contentType, "multipart/") && loggedIn {
							limit = web.MaxUpload
						}
						if huge.read > limit+1 {
							t.Errorf("%s with %s, length %d, logged in %t: read %d bytes", route, contentType, length, loggedIn, huge.read)
						}
						if w.Code >= 500 {
							t.Errorf("%s with %s: status %d", route, contentType, w.Code)
						}
					}
				}
			}
		}
	}
	if files, err := os.ReadDir(temporary); err != nil || len(files) > 0 {
		t.Errorf("temporary files: %v, %v", files, err)
	}
}

// A page that read a multipart form would read fields that its limit on the
// form does not cover.
func TestPagesRejectMultipartForms(t *testing.T) {
	p, handlers, _ := everyRoute(t)
	p.AddUser("ada", true)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	for _, path := range []string{"/o/login/", "/o/signup/", "/o/reset/", "/o/verify/", "/o/account/", "/admin/users/add/"} {
		const body = "--x\r\nContent-Disposition: form-data; name=\"username\"\r\n\r\nada\r\n--x--\r\n"
		r := httptest.NewRequest("POST", p.URL+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
		for _, cookie := range b.Jar.Cookies(r.URL) {
			r.AddCookie(cookie)
		}
		face := "public"
		if strings.HasPrefix(path, "/admin") {
			face = "admin"
		}
		w := httptest.NewRecorder()
		handlers[face].ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), "The form could not be read") {
			t.Errorf("%s: status %d", path, w.Code)
		}
	}
}

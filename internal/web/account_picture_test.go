package web_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	imagepng "image/png"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/account"
	"github.com/seed-e6a88a41/latchkey/internal/web"
	"github.com/seed-e6a88a41/latchkey/latchkeytest"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// pngFile returns a PNG file of one color.
func pngFile(t *testing.T, width int, c color.Color) []byte {
	t.Helper()
	m := image.NewRGBA(image.Rect(0, 0, width, width))
	for i := range width * width {
		m.Set(i%width, i/width, c)
	}
	var b bytes.Buffer
	if err := imagepng.Encode(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// upload posts a file as the form of the page does.
func upload(t *testing.T, b *latchkeytest.Browser, p *latchkeytest.Provider, origin string, file []byte) (status int, body string) {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	if file != nil {
		part, err := w.CreateFormFile("picture", "me.png")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = part.Write(file)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+"/account/picture/", &form)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Origin", origin)
	response, err := b.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

var pictureAddress = regexp.MustCompile(`<img class="tile person lg" src="([^"]+/o/picture/[A-Z2-7]{26}/)"`)

// shownPicture returns the address of the picture on a page, or "".
func shownPicture(page string) string {
	if found := pictureAddress.FindStringSubmatch(page); found != nil {
		return found[1]
	}
	return ""
}

// stored returns a user.
func stored(t *testing.T, p *latchkeytest.Provider, name string) *account.User {
	t.Helper()
	u, err := p.Store.UserByName(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestPersonUploadsReplacesAndRemovesAPicture: the pages and the claim picture have an address
// of this server, and every client can load the new image there. The address changes with each
// picture (OpenID Connect Core §5.1).
func TestPersonUploadsReplacesAndRemovesAPicture(t *testing.T) {
	var events []oauth.Event
	p := latchkeytest.New(t, func(o *latchkey.Options) {
		o.OnEvent = func(_ context.Context, e oauth.Event) { events = append(events, e) }
	})
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	pages := []string{"/account/", "/account/profile/", "/account/picture/"}
	for _, path := range pages {
		if page := b.Open(p.Issuer + path); !strings.Contains(page.Body, `person lg" aria-hidden="true"><bdi>A</bdi>`) || shownPicture(page.Body) != "" {
			t.Errorf("%s without a picture: %s", path, page.Body)
		}
	}
	var before string
	for i, c := range []color.RGBA{{255, 0, 0, 255}, {0, 0, 255, 255}} {
		file := append(pngFile(t, 600, c), "<script>secret</script>"...)
		if status, body := upload(t, b, p, p.URL, file); status != http.StatusOK || !strings.Contains(body, "Your changes have been saved") {
			t.Fatalf("%d %s", status, body)
		}
		address := shownPicture(b.Open(p.Issuer + pages[0]).Body)
		for _, path := range pages {
			if got := shownPicture(b.Open(p.Issuer + path).Body); got != address || got == before {
				t.Errorf("%s shows the picture %q", path, got)
			}
		}
		if claims, err := stored(t, p, "ada").StandardClaims(); err != nil || claims["picture"] != address {
			t.Errorf("the claims are %v: %v", claims, err)
		}
		served := p.Browser().Open(address) // anybody
		m, format, err := image.Decode(strings.NewReader(served.Body))
		if err != nil || format != "jpeg" || m.Bounds() != image.Rect(0, 0, 256, 256) || strings.Contains(served.Body, "script") {
			t.Fatalf("the picture is %s: %v", format, err)
		}
		if r, _, blue, _ := m.At(128, 128).RGBA(); (r > blue) != (i == 0) {
			t.Error("the picture has the wrong color")
		}
		h := served.Header
		if h.Get("Content-Type") != "image/jpeg" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "public, max-age=300" || h.Get("ETag") == "" ||
			h.Get("Content-Security-Policy") != "default-src 'none'; sandbox" || h.Get("Cross-Origin-Resource-Policy") != "cross-origin" || h.Get("Set-Cookie") != "" {
			t.Errorf("got %s %v", served.Status, h)
		}
		again, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		again.Header.Set("If-None-Match", h.Get("ETag"))
		if response, err := b.Do(again); err != nil || response.StatusCode != http.StatusNotModified || response.Body.Close() != nil {
			t.Errorf("with the ETag: %v, %v", response.StatusCode, err)
		}
		if d, err := web.PersonDataOf(t.Context(), p.Store, p.Store, stored(t, p, "ada"), p.Now()); err != nil || d.Picture == nil || string(d.Picture.Image) != served.Body {
			t.Errorf("the data of the person: %v", err)
		}
		if before != "" {
			if gone := p.Browser().Open(before); gone.StatusCode != http.StatusNotFound {
				t.Errorf("the replaced picture: %s", gone.Status)
			}
		}
		before = address
	}
	events = nil
	if page := b.Submit(b.Open(p.Issuer+"/account/picture/"), url.Values{"action": {"remove"}}); page.StatusCode != http.StatusOK || shownPicture(page.Body) != "" {
		t.Errorf("after the removal: %s", page.Body)
	}
	if gone := p.Browser().Open(before); gone.StatusCode != http.StatusNotFound || gone.Header.Get("Content-Type") == "image/jpeg" {
		t.Errorf("the removed picture: %s", gone.Status)
	}
	if claims, err := stored(t, p, "ada").StandardClaims(); err != nil || claims["picture"] != nil {
		t.Errorf("the claims are %v: %v", claims, err)
	}
	if len(events) != 1 || events[0].Name != oauth.EventProfileChange || events[0].Details.Changes[0] != (oauth.Change{Field: "claims.picture", Before: before}) {
		t.Errorf("the events are %+v", events)
	}
}

// TestWrongUploadsAreExplained, and change nothing.
func TestWrongUploadsAreExplained(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	if status, _ := upload(t, b, p, p.URL, pngFile(t, 40, color.White)); status != http.StatusOK {
		t.Fatal(status)
	}
	before := stored(t, p, "ada").PictureClaim()
	for name, test := range map[string]struct {
		file   []byte
		status int
		want   string
	}{
		"no file":     {nil, http.StatusUnprocessableEntity, "Choose a picture file."},
		"no image":    {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), http.StatusUnprocessableEntity, "not a PNG, JPEG or GIF image"},
		"a large one": {append(pngFile(t, 40, color.White), make([]byte, account.MaxPictureFile)...), http.StatusUnprocessableEntity, "at most 5 MB and 13 million pixels"},
	} {
		status, body := upload(t, b, p, p.URL, test.file)
		if status != test.status || !strings.Contains(body, test.want) || shownPicture(body) != before {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.Issuer+"/account/picture/", strings.NewReader("x=y"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", p.URL)
	if response, err := b.Do(r); err != nil || response.StatusCode != http.StatusBadRequest || response.Body.Close() != nil {
		t.Errorf("a form without an action: %v", err)
	}
	if status, _ := upload(t, b, p, "https://evil.example", pngFile(t, 40, color.White)); status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
	stranger := p.Browser()
	if _, body := upload(t, stranger, p, p.URL, pngFile(t, 40, color.White)); !strings.Contains(body, `name="password"`) {
		t.Errorf("without a login: %s", body)
	}
	for range 40 {
		upload(t, b, p, p.URL, []byte("x"))
	}
	if status, body := upload(t, b, p, p.URL, pngFile(t, 40, color.White)); status != http.StatusTooManyRequests || !strings.Contains(body, "Too many") {
		t.Errorf("after many uploads: %d", status)
	}
	if got := stored(t, p, "ada").PictureClaim(); got != before {
		t.Errorf("the picture is %s, want %s", got, before)
	}
}

// TestPictureOfAnotherServerIsNotShown: that server would learn who opens the page. The person can
// remove it.
func TestPictureOfAnotherServerIsNotShown(t *testing.T) {
	p := latchkeytest.New(t)
	p.Add(account.NewUser{Username: "ada", Claims: []byte(`{"picture":"https://tracker.example/ada.png"}`)})
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	page := b.Open(p.Issuer + "/account/picture/")
	if strings.Contains(page.Body, `src="https://tracker`) || !strings.Contains(page.Body, "https://tracker.example/ada.png") {
		t.Errorf("got %s", page.Body)
	}
	b.Submit(page, url.Values{"action": {"remove"}})
	if got := stored(t, p, "ada").PictureClaim(); got != "" {
		t.Errorf("the picture is %s", got)
	}
}

// TestUploadsHaveALimit: the server reads a file that is too large to the end, but not one of
// any size.
func TestUploadsHaveALimit(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	const before = "--x\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"x\"\r\n\r\n"
	body := &endless{}
	r := httptest.NewRequest(http.MethodPost, p.Issuer+"/account/picture/", io.MultiReader(strings.NewReader(before), body))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=x")
	for _, cookie := range b.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	w := httptest.NewRecorder()
	p.Mux.ServeHTTP(w, r)
	if w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "at most 5 MB") || body.read > web.MaxUpload+1<<20 {
		t.Errorf("%d after %d bytes", w.Code, body.read)
	}
}

// uploading returns the request with an upload of a person whose browser is b.
func uploading(t *testing.T, p *latchkeytest.Provider, b *latchkeytest.Browser, file []byte, before func()) *http.Request {
	t.Helper()
	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("picture", "me.png")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = part.Write(file)
	_ = w.Close()
	r := httptest.NewRequest(http.MethodPost, p.Issuer+"/account/picture/", &hooked{Reader: &form, before: before})
	r.Header.Set("Content-Type", w.FormDataContentType())
	for _, cookie := range b.Jar.Cookies(r.URL) {
		r.AddCookie(cookie)
	}
	return r
}

// hooked calls a function before the first byte is read.
type hooked struct {
	io.Reader
	before func()
}

func (h *hooked) Read(p []byte) (int, error) {
	if before := h.before; before != nil {
		h.before = nil
		before()
	}
	return h.Reader.Read(p)
}

// deadlines is a response that remembers the deadlines of its connection.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write time.Time
}

func (d *deadlines) SetReadDeadline(at time.Time) error  { d.read = at; return nil }
func (d *deadlines) SetWriteDeadline(at time.Time) error { d.write = at; return nil }

// TestOnePictureOfAPersonIsUploadedAtATime, because files are in memory. The answer has time after
// the upload.
func TestOnePictureOfAPersonIsUploadedAtATime(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	second := httptest.NewRecorder()
	first := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	p.Mux.ServeHTTP(first, uploading(t, p, b, pngFile(t, 40, color.White), func() {
		p.Mux.ServeHTTP(second, uploading(t, p, b, pngFile(t, 40, color.White), nil))
	}))
	if second.Code != http.StatusTooManyRequests || first.Code != http.StatusSeeOther {
		t.Errorf("the first upload: %d, and one at the same time: %d", first.Code, second.Code)
	}
	if first.write.Sub(first.read) < 10*time.Second {
		t.Errorf("the upload ends at %v, and the answer at %v", first.read, first.write)
	}
	third := httptest.NewRecorder()
	if p.Mux.ServeHTTP(third, uploading(t, p, b, pngFile(t, 40, color.White), nil)); third.Code != http.StatusSeeOther {
		t.Errorf("afterwards: %d", third.Code)
	}
}

// TestUploadNeedsASessionWhenItEnds: it can take a minute.
func TestUploadNeedsASessionWhenItEnds(t *testing.T) {
	p := latchkeytest.New(t)
	p.AddUser("ada", false)
	b := p.Browser()
	b.LogIn(b.Open(p.Issuer+"/login/"), "ada")
	w := httptest.NewRecorder()
	p.Mux.ServeHTTP(w, uploading(t, p, b, pngFile(t, 40, color.White), func() {
		if err := p.Store.SwitchUser(t.Context(), account.Switch{UserID: stored(t, p, "ada").ID, Disabled: true, At: p.Now()}); err != nil {
			t.Error(err)
		}
	}))
	if got := stored(t, p, "ada").PictureClaim(); got != "" {
		t.Errorf("%d, and a person who was disabled has the picture %s", w.Code, got)
	}
}

// pictureless is a store that fails if it is asked for a picture, as PostgreSQL does for some texts.
type pictureless struct{ latchkey.Store }

func (pictureless) Picture(context.Context, string) (account.Picture, error) {
	return account.Picture{}, errors.New("invalid byte sequence")
}

// TestWrongIDsOfPicturesDoNotReachTheStore: anybody can request them.
func TestWrongIDsOfPicturesDoNotReachTheStore(t *testing.T) {
	p := latchkeytest.New(t, func(o *latchkey.Options) { o.Store = pictureless{newMemory(o)} })
	for _, id := range []string{"%00", "%ff", "x", strings.Repeat("A", 25), strings.Repeat("A", 27), strings.Repeat("a", 26), strings.Repeat("A", 25) + "%00"} {
		w := httptest.NewRecorder()
		p.Mux.ServeHTTP(w, httptest.NewRequest(http.MethodGet, p.Issuer+"/picture/"+id+"/", nil))
		if w.Code != http.StatusNotFound || w.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %v", id, w.Code, w.Header())
		}
	}
}

// endless is a body of hundred megabytes.
type endless struct{ read int }

func (b *endless) Read(p []byte) (int, error) {
	if b.read > 100<<20 {
		return 0, io.EOF
	}
	clear(p)
	b.read += len(p)
	return len(p), nil
}

package e2e

import (
	"image"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestConsentPageShowsLogosFromItsOwnServer: the browser shows the logo of an
// application, or the first letter of its name if there is no usable one, and sends
// no request to the application's server.
func TestConsentPageShowsLogosFromItsOwnServer(t *testing.T) {
	t.Setenv("LATCHKEY_INSECURE_OUTBOUND", "127.0.0.0/8")
	host := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if agent := r.UserAgent(); agent != "Latchkey" {
			t.Errorf("%s requests the logo", agent)
		}
		if r.URL.Path != "/logo.png" {
			http.NotFound(w, r)
			return
		}
		if err := png.Encode(w, image.NewRGBA(image.Rect(0, 0, 7, 5))); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(host.Close)
	p := startProvider(t)
	for path, width := range map[string]int{"/logo.png": 7, "/missing.png": 0} {
		client := p.app("https://app.example/cb", "--logo", host.URL+path)
		b := newBrowser(t, true)
		b.open(p.authorize(client))
		b.logIn(personName, personPassword)
		b.see("input[name=allow]")
		const shown = `(async () => { const i = document.querySelector(".link-up img"); await i.decode(); return i.naturalWidth + " " + new URL(i.src).pathname })()`
		got, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](shown, chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatalf("%s: %v\n%s", path, err, b.text())
		}
		if !strings.HasSuffix(got, " /o/logo/") || strings.HasPrefix(got, "0 ") || strings.HasPrefix(got, "7 ") != (width == 7) {
			t.Errorf("%s: the image has %s", path, got)
		}
		b.accessible("the consent page with a logo")
	}
}

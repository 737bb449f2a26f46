package consumer_test

import (
	"image/png"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// The QR code is an image of the consumer itself, because the policy of its pages
// allows no others.
func TestQRCodeIsAnImageOfBoundedSize(t *testing.T) {
	s := newSite(t, http.NotFound)
	response, err := s.Get(s.consumer + "/consumer/device/qr/?text=" + url.QueryEscape("https://id.example/o/device/?user_code=BCDF-GHJK"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != 200 || response.Header.Get("Content-Type") != "image/png" {
		t.Fatalf("got %s %v", response.Status, response.Header)
	}
	image, err := png.Decode(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if size := image.Bounds().Size(); size.X != size.Y || size.X < 100 || size.X > 400 {
		t.Errorf("the image has the size %v", size)
	}
	for _, text := range []string{"", strings.Repeat("x", 501)} {
		if status, _ := s.get("/consumer/device/qr/?text=" + text); status != 400 {
			t.Errorf("a text of %d bytes: %d", len(text), status)
		}
	}
}

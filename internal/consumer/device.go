package consumer

import (
	"net/http"

	"rsc.io/qr"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// maxQRText is the length of the longest text of a QR code, in bytes.
const maxQRText = 500

// device shows the page that acts as a device without a browser.
func (c *consumer) device(w http.ResponseWriter, r *http.Request) {
	c.render(w, r, http.StatusOK, "device", ui.Text{"consumer.device.title"}, ui.View{Data: c.defaults(r), Scripts: []string{"device.js"}, ConnectSrc: anyServer})
}

// qrCode returns the QR code of a text as an image, which the policy of the page
// allows only from this server.
func (c *consumer) qrCode(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("text")
	if text == "" || len(text) > maxQRText {
		http.Error(w, "The text is empty or too long.", http.StatusBadRequest) // not a page
		return
	}
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		http.Error(w, "The text cannot be encoded as a QR code.", http.StatusBadRequest)
		return
	}
	code.Scale = 5
	w.Header().Set("Content-Type", "image/png")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(code.PNG())
}

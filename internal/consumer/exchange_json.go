package consumer

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
)

// jsonExchange is a request with a bearer token, and its response, as a page shows
// them. The token is not shown.
type jsonExchange struct {
	Request, Answer string
	code            int // 0 if there is no response
	body            []byte
}

// exchangeJSON sends a request to the registration endpoint, or to the client
// configuration endpoint. Token and body can be empty.
func (c *consumer) exchangeJSON(r *http.Request, method, address, token string, body []byte) jsonExchange {
	header, target := make(http.Header), address
	if u, err := url.Parse(address); err == nil {
		target = u.RequestURI() + " HTTP/1.1\nHost: " + u.Host
	}
	shown := jsonExchange{Request: method + " " + target}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
		shown.Request += "\nAuthorization: Bearer " + c.plain(r, ui.Text{"consumer.http.token"})
	}
	if body != nil {
		header.Set("Content-Type", "application/json")
		shown.Request += "\nContent-Type: application/json\n\n" + string(body)
	}
	answer, err := c.send(r.Context(), method, address, header, string(body))
	if err != nil {
		shown.Answer = c.plain(r, ui.Text{"consumer.http.no_response", "reason", reason(err)})
		return shown
	}
	shown.code, shown.body = answer.Code, answer.Body
	shown.Answer = answer.Status + "\n\n" + indent(answer.Body)
	return shown
}

// indent returns JSON with line breaks, and any other text unchanged.
func indent(text []byte) string {
	var indented bytes.Buffer
	if json.Indent(&indented, text, "", "  ") != nil {
		return string(text)
	}
	return indented.String()
}

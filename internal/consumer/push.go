package consumer

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// pushedRequest is a pushed authorization request and its response (RFC 9126), as the
// page shows them.
type pushedRequest struct {
	URL, Body      string
	Status, Answer string
	RequestURI     string // empty if the request was rejected
}

// push sends the parameters to the provider. The secret is empty for a public
// application. It is sent in the Authorization header, and not shown.
func (c *consumer) push(ctx context.Context, address, clientID, secret string, parameters []parameter) pushedRequest {
	form := url.Values{}
	for _, p := range parameters {
		form.Set(p.Name, p.Value)
	}
	pushed := pushedRequest{URL: address, Body: strings.ReplaceAll(form.Encode(), "&", "\n&")}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	if secret != "" {
		header.Set("Authorization", basic(clientID, secret))
	}
	answer, err := c.send(ctx, http.MethodPost, address, header, form.Encode())
	if err != nil {
		pushed.Status = "No response: " + err.Error() + "."
		return pushed
	}
	pushed.Status, pushed.Answer = answer.Status, string(answer.Body)
	var accepted struct {
		RequestURI string `json:"request_uri"`
	}
	if answer.Code == http.StatusCreated && json.Unmarshal(answer.Body, &accepted) == nil {
		pushed.RequestURI = accepted.RequestURI
	}
	return pushed
}

// basic returns the Authorization header of an application with a secret (RFC 6749
// §2.3.1).
func basic(clientID, secret string) string {
	request := http.Request{Header: make(http.Header)}
	request.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret))
	return request.Header.Get("Authorization")
}

package consumer

import (
	"context"
	"encoding/json"
	"io"
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
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		pushed.Status = "The URL of the endpoint is not valid."
		return pushed
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if secret != "" {
		request.SetBasicAuth(url.QueryEscape(clientID), url.QueryEscape(secret)) // RFC 6749 §2.3.1
	}
	response, err := c.Client.Do(request)
	if err != nil {
		pushed.Status = "The provider does not respond."
		return pushed
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxMetadata))
	if err != nil {
		pushed.Status = "The response is not complete."
		return pushed
	}
	pushed.Status, pushed.Answer = response.Status, string(body)
	var answer struct {
		RequestURI string `json:"request_uri"`
	}
	if response.StatusCode == http.StatusCreated && json.Unmarshal(body, &answer) == nil {
		pushed.RequestURI = answer.RequestURI
	}
	return pushed
}

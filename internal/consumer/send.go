package consumer

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxAnswer is the maximum size of a response that this server reads, in bytes.
const maxAnswer = 256 << 10

// answer is the response to a request of this server.
type answer struct {
	Code   int
	Status string // such as "201 Created"
	Type   string // the Content-Type
	Body   []byte
}

// send sends a request. It does not follow redirects. The errors are messages for
// the person who entered the address, and contain no part of the header and body.
func (c *consumer) send(ctx context.Context, method, address string, header http.Header, body string) (*answer, error) {
	if _, ok := parseURL(address); !ok {
		return nil, fmt.Errorf("%s is not a URL that begins with http:// or https://", address)
	}
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("%s is not a valid URL", address)
	}
	request.Header = header
	request.Header.Set("Accept", "application/json")
	response, err := c.Client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s does not respond", address)
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(read) > maxAnswer {
		return nil, fmt.Errorf("the response from %s is too slow or too large", address)
	}
	return &answer{response.StatusCode, response.Status, response.Header.Get("Content-Type"), read}, nil
}

// get requests a document, which must exist.
func (c *consumer) get(ctx context.Context, address string) ([]byte, error) {
	answer, err := c.send(ctx, http.MethodGet, address, make(http.Header), "")
	if err != nil {
		return nil, err
	}
	if answer.Code != http.StatusOK {
		return nil, fmt.Errorf("%s returns status %s", address, answer.Status)
	}
	return answer.Body, nil
}

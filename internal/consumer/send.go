package consumer

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/seed-e6a88a41/latchkey/internal/ui"
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

// A sendError describes for the person who entered an address why there is no response. It
// contains no part of the header and body.
type sendError struct{ text ui.Text }

func (e sendError) Error() string { return e.text.String() }

// reason returns the text of an error of send, get or fetch.
func reason(err error) ui.Text {
	if failed, ok := errors.AsType[sendError](err); ok {
		return failed.text
	}
	return ui.Text{"consumer.fault.unknown"}
}

// send sends a request. It does not follow redirects. The errors are of the type sendError.
func (c *consumer) send(ctx context.Context, method, address string, header http.Header, body string) (*answer, error) {
	if _, ok := parseURL(address); !ok {
		return nil, sendError{ui.Text{"consumer.fault.not_web", "address", address}}
	}
	request, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(body))
	if err != nil {
		return nil, sendError{ui.Text{"consumer.fault.not_url", "address", address}}
	}
	request.Header = header
	request.Header.Set("Accept", "application/json")
	response, err := c.Client.Do(request)
	if err != nil {
		return nil, sendError{ui.Text{"consumer.fault.no_response", "address", address}}
	}
	defer func() { _ = response.Body.Close() }()
	read, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	if err != nil || len(read) > maxAnswer {
		return nil, sendError{ui.Text{"consumer.fault.too_large", "address", address}}
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
		return nil, sendError{ui.Text{"consumer.fault.status", "address", address, "status", answer.Status}}
	}
	return answer.Body, nil
}

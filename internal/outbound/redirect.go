package outbound

import (
	"context"
	"errors"
)

// maxRedirects is how many redirects GetFollowing follows: from http to https, to the
// name of the host with or without www, and to the server that has the file.
const maxRedirects = 3

// redirectError is the error of a response that redirects to another URL.
type redirectError struct {
	error
	to string
}

// GetFollowing is like Get, but follows a few redirects. The URL and the address of
// each are checked like those of the first request. The timeout applies to all
// requests together.
func (c *Client) GetFollowing(ctx context.Context, address string, maxBytes int64) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, c.o.Timeout)
	defer cancel()
	for redirects := 0; ; redirects++ {
		document, err := c.Get(ctx, address, maxBytes)
		redirect, ok := errors.AsType[*redirectError](err)
		if !ok || redirects == maxRedirects {
			return document, err
		}
		address = redirect.to
	}
}

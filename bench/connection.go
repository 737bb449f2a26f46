package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

// connection is a keep-alive connection that sends prebuilt requests. It does
// as little as HTTP/1.1 allows, so that the server is measured and not the client.
type connection struct {
	net.Conn
	request []byte // its last tokenLength bytes are the token
	buffer  [8 << 10]byte
}

// patience is how long a request may take. It is not a measure of speed: a
// request that takes longer is assumed to hang.
const patience = 2 * time.Minute

func dial(address string, deadline time.Time) (*connection, error) {
	conn, err := (&net.Dialer{Deadline: deadline}).DialContext(context.Background(), "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := conn.SetDeadline(deadline); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	return &connection{Conn: conn}, nil
}

var (
	endOfHead     = []byte("\r\n\r\n")
	statusOK      = []byte("HTTP/1.1 200 OK\r\n")
	statusFound   = []byte("HTTP/1.1 302 Found\r\n")
	statusCreated = []byte("HTTP/1.1 201 Created\r\n")
	statusOther   = []byte("HTTP/1.1 303 See Other\r\n")
	statusBad     = []byte("HTTP/1.1 400 Bad Request\r\n")
	contentLength = []byte("\r\nContent-Length: ")
)

// statuses are those of the responses that are expected: 400 is the answer to a poll
// of a device.
func statuses() [][]byte {
	return [][]byte{statusOK, statusFound, statusCreated, statusOther, statusBad}
}

// exchange sends the request and reads the response, which must have one of the
// statuses and a Content-Length. Both parts are valid until the next call.
func (c *connection) exchange() (head, body []byte, err error) {
	if _, err := c.Write(c.request); err != nil {
		return nil, nil, err
	}
	read, end := 0, -1
	for end < 0 {
		n, err := c.Read(c.buffer[read:])
		if err != nil {
			return nil, nil, unexpected(err)
		}
		read += n
		end = bytes.Index(c.buffer[:read], endOfHead)
	}
	head = c.buffer[:end+2]
	if !slices.ContainsFunc(statuses(), func(status []byte) bool { return bytes.HasPrefix(head, status) }) {
		return nil, nil, fmt.Errorf("response %q", c.buffer[:read])
	}
	at := bytes.Index(head, contentLength)
	if at < 0 {
		return nil, nil, fmt.Errorf("response without Content-Length: %q", head)
	}
	length := 0
	for _, d := range head[at+len(contentLength):] {
		if d < '0' || d > '9' {
			break
		}
		length = length*10 + int(d-'0')
	}
	start := end + len(endOfHead)
	if start+length > len(c.buffer) {
		return nil, nil, fmt.Errorf("response of %d bytes", length)
	}
	for read < start+length {
		n, err := c.Read(c.buffer[read:])
		if err != nil {
			return nil, nil, unexpected(err)
		}
		read += n
	}
	if read > start+length {
		return nil, nil, errors.New("bytes after the response")
	}
	return head, c.buffer[start:read], nil
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

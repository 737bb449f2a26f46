package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"net"
	"net/http"
	"strconv"
	"sync/atomic"
)

const roleFloor = "floor"

// answer is the response of the floor server to every request.
type answer struct {
	Header http.Header
	Body   []byte
	// Sign computes an ES256 signature for every response, as for a JWT.
	Sign bool
}

// floor is a bare net/http server. It reads the form of a request, if there is
// one, and writes the bytes of a response of Latchkey.
type floor struct {
	first   func(context.Context) error // runs before the response is written; may be nil
	server  *http.Server
	address string
	answer  atomic.Pointer[answer]
	key     *ecdsa.PrivateKey
}

func newFloor(first func(context.Context) error) (*floor, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	f := &floor{first: first, key: key}
	f.server = &http.Server{Handler: f}
	f.address, err = serve(f.server)
	return f, err
}

// serve listens on a free port of this machine.
func serve(server *http.Server) (address string, err error) {
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() { _ = server.Serve(listener) }()
	return listener.Addr().String(), nil
}

func (f *floor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		if err := r.ParseForm(); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
	}
	answer := f.answer.Load()
	if answer.Sign {
		digest := sha256.Sum256(answer.Body)
		if _, err := ecdsa.SignASN1(rand.Reader, f.key, digest[:]); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	if f.first != nil {
		if err := f.first(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	header := w.Header()
	for name, values := range answer.Header {
		header[name] = values
	}
	w.Header()["Content-Length"] = []string{strconv.Itoa(len(answer.Body))}
	_, _ = w.Write(answer.Body)
}

func (f *floor) obey(c command) (reply, error) {
	if c.Do == "answer" {
		f.answer.Store(c.Answer)
	}
	return reply{Address: f.address}, nil
}

func (f *floor) count(*usage) {}

func (f *floor) close() error { return f.server.Close() }

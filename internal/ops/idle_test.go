package ops

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestIdleConnectionsMakeRoomForNewOnes: a client that keeps its connections open
// without using them does not keep others out.
func TestIdleConnectionsMakeRoomForNewOnes(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := NewListener(inner, slog.New(slog.DiscardHandler))
	l.Limit(2)
	busy, release := make(chan struct{}, 1), make(chan struct{})
	server := &http.Server{ConnState: l.ConnState, ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			busy <- struct{}{}
			<-release
		}
	})}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { _ = server.Close() })
	get := func(path string) error {
		client := &http.Client{Transport: &http.Transport{}, Timeout: time.Minute} // a connection of its own, which stays open
		response, err := client.Get("http://" + inner.Addr().String() + path)
		if err == nil {
			_, err = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
		}
		return err
	}
	for range 5 {
		if err := get("/"); err != nil {
			t.Fatal("with idle connections at the limit: ", err)
		}
	}
	slow := make(chan error, 1)
	go func() { slow <- get("/slow") }()
	<-busy
	for range 5 {
		if err := get("/"); err != nil {
			t.Fatal("beside a request that runs: ", err)
		}
	}
	close(release)
	if err := <-slow; err != nil {
		t.Error("the connection of a running request was closed: ", err)
	}
}

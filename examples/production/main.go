// Command production is a provider that can run in production: it keeps its data, has
// pages of its own, and stops without losing anything.
//
//	cd examples/production
//	(umask 077; openssl rand -out master.key 32)
//	go run .
//
// It listens at http://localhost:8000. The variable ADDRESS replaces the address at which it
// listens, and ORIGIN the origin under which people reach it.
package main

import (
	"cmp"
	"context"
	"embed"
	"errors"
	"io/fs"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/seed-e6a88a41/latchkey"
	"github.com/seed-e6a88a41/latchkey/sqlstore/sqlite"
)

//go:embed templates
var files embed.FS

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// run serves until the context ends.
func run(ctx context.Context) (err error) {
	store, err := sqlite.Open(ctx, "latchkey.db", sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }() // last: the rest needs the store

	options := latchkey.Options{Store: store, Logger: slog.Default()}
	options.Issuer = cmp.Or(os.Getenv("ORIGIN"), "http://localhost:8000") + "/o"
	if options.MasterKey, err = os.ReadFile("master.key"); err != nil {
		return err
	}
	if options.Templates, err = fs.Sub(files, "templates"); err != nil {
		return err
	}
	server, err := latchkey.New(ctx, options)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", server) // the home page, /o/ and /.well-known/
	mux.Handle("/admin/", server.Admin())
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cmp.Or(os.Getenv("ADDRESS"), "localhost:8000"))
	if err != nil {
		return err
	}
	slog.Info("listening", "address", listener.Addr().String())
	web := &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 2 * time.Minute,
	}

	// The background work has a context of its own, because it must not end before the
	// last request.
	background, endBackground := context.WithCancel(context.WithoutCancel(ctx))
	defer endBackground()
	ran, served := make(chan error, 1), make(chan error, 1)
	go func() { ran <- server.Run(background) }()
	go func() { served <- web.Serve(listener) }()

	select {
	case <-ctx.Done(): // SIGTERM
	case err = <-served:
	case err = <-ran:
		return errors.Join(err, web.Close())
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = errors.Join(err, web.Shutdown(shutdown)) // 1. waits for the requests
	endBackground()
	return errors.Join(err, <-ran) // 2. waits for Run; 3. the store is closed
}

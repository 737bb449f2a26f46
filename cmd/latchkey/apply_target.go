package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"github.com/seed-e6a88a41/latchkey/internal/declared"
)

// A declaredText is a file of apply, with the secrets to which it refers.
type declaredText struct {
	text    string
	secrets declared.Secrets
	prune   bool
	file    *declared.File
}

// declaring compares a file with what is stored, and applies it: in the database, or through the
// admin API of a running server.
type declaring interface {
	plan(ctx context.Context) (*declared.Plan, error)
	// apply makes the changes of the plan. confirmed means that a person has seen it.
	apply(ctx context.Context, p *declared.Plan, confirmed bool) error
	export(ctx context.Context, w io.Writer) error
}

// withDeclaring calls run with the database, or with the running server that the command line names.
func (c *command) withDeclaring(cmd *cobra.Command, file *declaredText, run func(declaring) error) error {
	if c.server == "" {
		keys := file.file != nil && file.file.NeedsKeys()
		return c.withTarget(cmd, keys, func(target *declared.Target) error { return run(&declaredInDatabase{target, file}) })
	}
	return c.withAdministration(cmd, func(a administration) error {
		at, ok := a.(*atServer)
		if !ok {
			return errors.New("--server is not the URL of a server")
		}
		at.api.http.Timeout = applyTimeout
		return run(&declaredAtServer{api: at.api, file: file})
	})
}

// declaredInDatabase applies a file to the database.
type declaredInDatabase struct {
	target *declared.Target
	file   *declaredText
}

func (d *declaredInDatabase) plan(ctx context.Context) (*declared.Plan, error) {
	return d.target.Plan(ctx, d.file.file, d.file.prune)
}

func (d *declaredInDatabase) apply(ctx context.Context, p *declared.Plan, _ bool) error {
	done, err := d.target.Apply(ctx, p)
	if err != nil {
		err = fmt.Errorf("%w. %s applied%s", err, partOf(done, len(p.Steps)), advice(err))
	}
	return err
}

func (d *declaredInDatabase) export(ctx context.Context, w io.Writer) error {
	return d.target.Export(ctx, w)
}

// isMistake reports whether an error of a plan is about the file. Any other error, such as that of a
// database that is unavailable, is not.
func isMistake(err error) bool {
	_, ok := errors.AsType[declared.Mistakes](err)
	return ok || isStatus(err, http.StatusUnprocessableEntity)
}

// partOf reports how many changes were applied, such as "1 of 3 changes was".
func partOf(n, all int) string {
	verb := "were"
	if n == 1 {
		verb = "was"
	}
	return fmt.Sprintf("%d of %s %s", n, count(int64(all), "change"), verb)
}

// advice returns the end of an error text. If an object has changed since it was compared, the command
// can be run again.
func advice(err error) string {
	if errors.Is(err, declared.ErrChanged) {
		return ". Run the command again"
	}
	return ""
}

// applyTimeout is how long a server may take to apply a file. It makes all changes even if the
// client closes the connection.
const applyTimeout = 10 * time.Minute

// declaredAtServer applies a file through the admin API.
type declaredAtServer struct {
	api  *apiClient
	file *declaredText
	id   string // of the plan
}

// request returns the members of a request for the file.
func (d *declaredAtServer) request() map[string]any {
	return map[string]any{"file": d.file.text, "secrets": d.file.secrets, "prune": d.file.prune}
}

// mistakesOf returns the mistakes of a file that a server reported, one per line, as the command on a database
// does.
func mistakesOf(err error) error {
	refused, ok := errors.AsType[*apiError](err)
	if !ok || len(refused.fields) == 0 {
		return err
	}
	var all declared.Mistakes
	for _, f := range refused.fields {
		if f.Field != "file" {
			return err
		}
		all = append(all, errors.New(oneLine(f.Message)))
	}
	return all
}

func (d *declaredAtServer) plan(ctx context.Context) (*declared.Plan, error) {
	request := d.request()
	request["dry_run"] = true
	var found struct {
		declared.Plan
		ID string `json:"plan"`
	}
	if err := d.api.call(ctx, http.MethodPost, "apply", "", request, &found); err != nil {
		return nil, mistakesOf(err)
	}
	d.id = found.ID
	return &found.Plan, nil
}

func (d *declaredAtServer) apply(ctx context.Context, _ *declared.Plan, confirmed bool) error {
	request := d.request()
	request["plan"], request["confirmed"] = d.id, confirmed
	return d.api.call(ctx, http.MethodPost, "apply", "", request, nil)
}

func (d *declaredAtServer) export(ctx context.Context, w io.Writer) error {
	var exported struct{ File string }
	err := d.api.get(ctx, "export", &exported)
	if err == nil {
		_, err = io.WriteString(w, exported.File)
	}
	return err
}

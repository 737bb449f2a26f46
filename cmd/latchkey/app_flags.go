package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/seed-e6a88a41/latchkey/internal/clientfields"
	"github.com/seed-e6a88a41/latchkey/oauth"
)

// appFlags are the flags of the fields of an application, in the order of the
// table of fields.
type appFlags []*fieldFlag

// newAppFlags adds the flags. Only a new application has flags for the fields
// that cannot be changed.
func newAppFlags(flags *pflag.FlagSet, adding bool) (all appFlags) {
	short := make(map[string]string)
	for _, f := range clientfields.All() {
		if f.Kind == clientfields.Kept || (f.Fixed && !adding) {
			continue
		}
		short[f.ShortFlag] = f.Flag()
		all = append(all, &fieldFlag{field: f})
	}
	flags.SortFlags = false
	flags.SetNormalizeFunc(func(_ *pflag.FlagSet, name string) pflag.NormalizedName {
		if full, found := short[name]; found {
			name = full
		}
		return pflag.NormalizedName(name)
	})
	for _, f := range all {
		flag := flags.VarPF(f, f.field.Flag(), "", f.help())
		if f.field.Kind == clientfields.Switch {
			flag.NoOptDefVal = "true"
		}
	}
	return all
}

// apply changes the fields of the flags that were given.
func (a appFlags) apply(ctx context.Context, in users, client *oauth.Client) error {
	for _, f := range a {
		if err := f.apply(ctx, in, client); err != nil {
			return fmt.Errorf("--%s: %w", f.field.Flag(), err)
		}
	}
	return nil
}

// fieldFlag is the flag of a field.
type fieldFlag struct {
	field  clientfields.Field
	values []string
	given  bool
}

// String returns the default, as pflag.Value demands: no field has one of its
// own.
func (*fieldFlag) String() string { return "" }

// Type returns the placeholder in the help.
func (f *fieldFlag) Type() string {
	switch f.field.Kind {
	case clientfields.Switch:
		return "bool" // pflag then shows no placeholder
	case clientfields.List, clientfields.Scopes, clientfields.Text:
		return "text"
	case clientfields.JSON:
		return "file"
	case clientfields.Accounts:
		return string(clientfields.Account)
	}
	return string(f.field.Kind)
}

// Set receives a value from the command line.
func (f *fieldFlag) Set(text string) error {
	f.given = true
	if !f.field.Repeatable() {
		f.values = nil
	}
	if err := f.field.CheckCommas(text); err != nil {
		return err
	}
	f.values = append(f.values, text)
	switch f.field.Kind {
	case clientfields.JSON, clientfields.Account, clientfields.Accounts:
		return nil // a file or a person, read later
	}
	return f.field.Set(new(oauth.Client), f.values)
}

func (f *fieldFlag) apply(ctx context.Context, in users, client *oauth.Client) error {
	if !f.given {
		return nil
	}
	values := f.values
	switch {
	case values[0] == "":
	case f.field.Kind == clientfields.JSON:
		text, err := os.ReadFile(values[0])
		if err != nil {
			return err
		}
		values = []string{string(text)}
	case f.field.Kind == clientfields.Account:
		u, err := in.User(ctx, values[0])
		if err != nil {
			return err
		}
		values = []string{u.ID}
	case f.field.Kind == clientfields.Accounts:
		values = nil
		for _, name := range f.values {
			u, err := in.User(ctx, name)
			if err != nil {
				return err
			}
			values = append(values, u.ID)
		}
	}
	return f.field.Set(client, values)
}

// help returns the text of the flag for --help.
func (f *fieldFlag) help() string {
	var b strings.Builder
	b.WriteString(f.field.Help)
	for i, c := range f.field.Choices {
		switch {
		case c.Text != "":
			b.WriteString(" " + c.Name())
			if c.Short != "" && c.Short != c.Name() {
				b.WriteString(" (" + c.Short + ")")
			}
			b.WriteString(": " + c.Text)
		case i == 0:
			b.WriteString(" One of: " + c.Value)
		default:
			b.WriteString(", " + c.Value)
		}
	}
	text := strings.TrimSuffix(b.String(), ".") + "."
	if f.field.ShortFlag != "" {
		text += " Also accepted as --" + f.field.ShortFlag + "."
	}
	if f.field.Default != "" {
		text += " Default: " + f.field.Default + "."
	}
	if f.field.Repeatable() {
		text += " (repeatable)"
	}
	return text
}

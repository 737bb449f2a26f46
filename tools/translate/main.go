// Command translate lists the texts that a language of the pages does not have yet, and
// adds translations to its catalogues.
//
//	translate ROOT de > missing.json
//	translate -add translated.json ROOT de
//
// The list is a JSON array of objects with the key, the English text, the places that use
// it, and a comment for the translator if there is one. The file of -add is a JSON object
// with a translation for each key.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	part := flag.String("part", "", `the part of the product: "" for the pages for people, or admin, acts, consumer, faults, fields or all`)
	add := flag.String("add", "", "add the translations of this JSON file to the catalogues of the language")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), "usage: translate [flags] ROOT LANGUAGE")
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 2 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(os.DirFS(flag.Arg(0)), flag.Arg(0), flag.Arg(1), *part, *add); err != nil {
		fmt.Fprintln(os.Stderr, "translate:", err)
		os.Exit(1)
	}
}

// encode returns JSON in which characters such as < are not escaped.
func encode(value any, indent string) (string, error) {
	var b strings.Builder
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(value)
	return strings.TrimSuffix(b.String(), "\n"), err
}

package ui

import (
	"errors"
	"os"

	"golang.org/x/text/language"
)

// Shipped are the built-in languages without English.
func Shipped() []string { return shipped }

// CatalogueFaults returns what is wrong with the files of a language, whether it is shipped
// or not.
func CatalogueFaults(tag string) error {
	texts, err := readCatalogues(os.DirFS("."), "", textsFolder+"/"+tag+".json", textsFolder+"/*/"+tag+".json")
	if err != nil {
		return err
	}
	english, err := builtInCatalogues()
	if err != nil {
		return err
	}
	return errors.Join(overlay(catalogue{}, texts[language.Make(tag)], english[language.English], false)...)
}

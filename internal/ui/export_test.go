package ui

import (
	"errors"
	"os"

	"golang.org/x/text/language"
)

// Shipped are the built-in languages without English.
func Shipped() (tags []string) {
	for _, l := range shipped {
		tags = append(tags, l.Tag)
	}
	return tags
}

// ShippedNames returns the names of the built-in languages without English, by their tags.
func ShippedNames() map[string]string {
	names := make(map[string]string)
	for _, l := range shipped {
		names[l.Tag] = l.Name
	}
	return names
}

// CatalogueFaults returns what is wrong with the files of a language, whether it is shipped
// or not.
func CatalogueFaults(tag string) error {
	texts, err := readCatalogues(os.DirFS("."), "", textsFolder+"/"+tag+".json", textsFolder+"/*/"+tag+".json")
	if err != nil {
		return err
	}
	english, err := builtInCatalogues()[language.English]()
	if err != nil {
		return err
	}
	return errors.Join(overlay(catalogue{}, texts[language.Make(tag)], english, false)...)
}

// Package interop tests package resource with the authorization servers of other projects. It
// is a module of its own, so that they are not dependencies of the product.
package interop

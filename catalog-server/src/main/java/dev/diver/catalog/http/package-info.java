/** The catalog over HTTP: OCI distribution, search, and who may do what. */
@NullMarked
package dev.diver.catalog.http;

import org.jspecify.annotations.NullMarked;

/** TOML and JSON documents into records, with errors that name file, line and field. */
@NullMarked
package dev.diver.kernels.document;

import org.jspecify.annotations.NullMarked;

/** Streams in shared memory (docs/streams.md): their files, and who watches over an end. */
@NullMarked
package dev.diver.deploy.stream;

import org.jspecify.annotations.NullMarked;

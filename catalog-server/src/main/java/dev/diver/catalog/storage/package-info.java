/** What a catalog keeps: blobs by digest, a journal of changes, and the database over both. */
@NullMarked
package dev.diver.catalog.storage;

import org.jspecify.annotations.NullMarked;

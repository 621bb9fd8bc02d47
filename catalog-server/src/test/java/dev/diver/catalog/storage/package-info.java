@NullMarked
package dev.diver.catalog.storage;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.diver.catalog.access;

import org.jspecify.annotations.NullMarked;

@NullMarked
package dev.diver.catalog.search;

import org.jspecify.annotations.NullMarked;

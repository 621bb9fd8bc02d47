@NullMarked
package dev.diver.catalog;

import org.jspecify.annotations.NullMarked;

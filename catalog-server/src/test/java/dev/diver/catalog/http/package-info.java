@NullMarked
package dev.diver.catalog.http;

import org.jspecify.annotations.NullMarked;

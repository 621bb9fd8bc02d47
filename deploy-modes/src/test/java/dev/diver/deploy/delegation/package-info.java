@NullMarked
package dev.diver.deploy.delegation;

import org.jspecify.annotations.NullMarked;

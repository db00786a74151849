// The package's version, written here since a packed package and a clone have their package.json in different places.

export const version = '0.1.0'

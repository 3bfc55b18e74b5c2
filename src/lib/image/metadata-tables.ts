/** Metadata table numbers (ECMA-335 II.22; from Document on: Portable PDB v1.0). */
export const Table = {
  Module: 0, TypeRef: 1, TypeDef: 2, FieldPtr: 3, Field: 4, MethodPtr: 5, MethodDef: 6, ParamPtr: 7, Param: 8, InterfaceImpl: 9, MemberRef: 10,
  Constant: 11, CustomAttribute: 12, FieldMarshal: 13, DeclSecurity: 14, ClassLayout: 15, FieldLayout: 16, StandAloneSig: 17,
  EventMap: 18, EventPtr: 19, Event: 20, PropertyMap: 21, PropertyPtr: 22, Property: 23, MethodSemantics: 24, MethodImpl: 25,
  ModuleRef: 26, TypeSpec: 27, ImplMap: 28, FieldRva: 29, EncLog: 30, EncMap: 31, Assembly: 32, AssemblyProcessor: 33, AssemblyOs: 34,
  AssemblyRef: 35, AssemblyRefProcessor: 36, AssemblyRefOs: 37, File: 38, ExportedType: 39, ManifestResource: 40, NestedClass: 41,
  GenericParam: 42, MethodSpec: 43, GenericParamConstraint: 44,
  Document: 48, MethodDebugInformation: 49, LocalScope: 50, LocalVariable: 51, LocalConstant: 52, ImportScope: 53, StateMachineMethod: 54, CustomDebugInformation: 55,
} as const;

/** A column: fixed bytes, a heap index, a row index, or a coded index over several tables. */
export type Column = 2 | 4 | 'string' | 'guid' | 'blob' | { readonly table: number } | { readonly coded: readonly number[]; readonly bits: number };

const row = (table: number): Column => ({ table });
const coded = (bits: number, tables: readonly number[]): Column => ({ coded: tables, bits });

export const TypeDefOrRef = [Table.TypeDef, Table.TypeRef, Table.TypeSpec] as const;
const typeDefOrRef = coded(2, TypeDefOrRef);
const hasConstant = coded(2, [Table.Field, Table.Param, Table.Property]);
const customAttributeParent = coded(5, [
  Table.MethodDef, Table.Field, Table.TypeRef, Table.TypeDef, Table.Param, Table.InterfaceImpl, Table.MemberRef, Table.Module, Table.DeclSecurity,
  Table.Property, Table.Event, Table.StandAloneSig, Table.ModuleRef, Table.TypeSpec, Table.Assembly, Table.AssemblyRef, Table.File,
  Table.ExportedType, Table.ManifestResource, Table.GenericParam, Table.GenericParamConstraint, Table.MethodSpec,
]);
const customDebugInformationParent = coded(5, [
  Table.MethodDef, Table.Field, Table.TypeRef, Table.TypeDef, Table.Param, Table.InterfaceImpl, Table.MemberRef, Table.Module, Table.DeclSecurity,
  Table.Property, Table.Event, Table.StandAloneSig, Table.ModuleRef, Table.TypeSpec, Table.Assembly, Table.AssemblyRef, Table.File,
  Table.ExportedType, Table.ManifestResource, Table.GenericParam, Table.GenericParamConstraint, Table.MethodSpec,
  Table.Document, Table.LocalScope, Table.LocalVariable, Table.LocalConstant, Table.ImportScope,
]);
const methodDefOrRef = coded(1, [Table.MethodDef, Table.MemberRef]);
const implementation = coded(2, [Table.File, Table.AssemblyRef, Table.ExportedType]);
const resolutionScope = coded(2, [Table.Module, Table.ModuleRef, Table.AssemblyRef, Table.TypeRef]);

/** Columns of every table, in order (ECMA-335 II.22.2 to II.22.39; Portable PDB v1.0). */
export const SCHEMA: Readonly<Record<number, readonly Column[]>> = {
  [Table.Module]: [2, 'string', 'guid', 'guid', 'guid'],
  [Table.TypeRef]: [resolutionScope, 'string', 'string'],
  [Table.TypeDef]: [4, 'string', 'string', typeDefOrRef, row(Table.Field), row(Table.MethodDef)],
  [Table.FieldPtr]: [row(Table.Field)],
  [Table.Field]: [2, 'string', 'blob'],
  [Table.MethodPtr]: [row(Table.MethodDef)],
  [Table.MethodDef]: [4, 2, 2, 'string', 'blob', row(Table.Param)],
  [Table.ParamPtr]: [row(Table.Param)],
  [Table.Param]: [2, 2, 'string'],
  [Table.InterfaceImpl]: [row(Table.TypeDef), typeDefOrRef],
  [Table.MemberRef]: [coded(3, [Table.TypeDef, Table.TypeRef, Table.ModuleRef, Table.MethodDef, Table.TypeSpec]), 'string', 'blob'],
  [Table.Constant]: [2, hasConstant, 'blob'],
  [Table.CustomAttribute]: [customAttributeParent, coded(3, [-1, -1, Table.MethodDef, Table.MemberRef]), 'blob'],
  [Table.FieldMarshal]: [coded(1, [Table.Field, Table.Param]), 'blob'],
  [Table.DeclSecurity]: [2, coded(2, [Table.TypeDef, Table.MethodDef, Table.Assembly]), 'blob'],
  [Table.ClassLayout]: [2, 4, row(Table.TypeDef)],
  [Table.FieldLayout]: [4, row(Table.Field)],
  [Table.StandAloneSig]: ['blob'],
  [Table.EventMap]: [row(Table.TypeDef), row(Table.Event)],
  [Table.EventPtr]: [row(Table.Event)],
  [Table.Event]: [2, 'string', typeDefOrRef],
  [Table.PropertyMap]: [row(Table.TypeDef), row(Table.Property)],
  [Table.PropertyPtr]: [row(Table.Property)],
  [Table.Property]: [2, 'string', 'blob'],
  [Table.MethodSemantics]: [2, row(Table.MethodDef), coded(1, [Table.Event, Table.Property])],
  [Table.MethodImpl]: [row(Table.TypeDef), methodDefOrRef, methodDefOrRef],
  [Table.ModuleRef]: ['string'],
  [Table.TypeSpec]: ['blob'],
  [Table.ImplMap]: [2, coded(1, [Table.Field, Table.MethodDef]), 'string', row(Table.ModuleRef)],
  [Table.FieldRva]: [4, row(Table.Field)],
  [Table.EncLog]: [4, 4],
  [Table.EncMap]: [4],
  [Table.Assembly]: [4, 2, 2, 2, 2, 4, 'blob', 'string', 'string'],
  [Table.AssemblyProcessor]: [4],
  [Table.AssemblyOs]: [4, 4, 4],
  [Table.AssemblyRef]: [2, 2, 2, 2, 4, 'blob', 'string', 'string', 'blob'],
  [Table.AssemblyRefProcessor]: [4, row(Table.AssemblyRef)],
  [Table.AssemblyRefOs]: [4, 4, 4, row(Table.AssemblyRef)],
  [Table.File]: [4, 'string', 'blob'],
  [Table.ExportedType]: [4, 4, 'string', 'string', implementation],
  [Table.ManifestResource]: [4, 4, 'string', implementation],
  [Table.NestedClass]: [row(Table.TypeDef), row(Table.TypeDef)],
  [Table.GenericParam]: [2, 2, coded(1, [Table.TypeDef, Table.MethodDef]), 'string'],
  [Table.MethodSpec]: [methodDefOrRef, 'blob'],
  [Table.GenericParamConstraint]: [row(Table.GenericParam), typeDefOrRef],
  [Table.Document]: ['blob', 'guid', 'blob', 'guid'],
  [Table.MethodDebugInformation]: [row(Table.Document), 'blob'],
  [Table.LocalScope]: [row(Table.MethodDef), row(Table.ImportScope), row(Table.LocalVariable), row(Table.LocalConstant), 4, 4],
  [Table.LocalVariable]: [2, 2, 'string'],
  [Table.LocalConstant]: ['string', 'blob'],
  [Table.ImportScope]: [row(Table.ImportScope), 'blob'],
  [Table.StateMachineMethod]: [row(Table.MethodDef), row(Table.MethodDef)],
  [Table.CustomDebugInformation]: [customDebugInformationParent, 'guid', 'blob'],
};

/** Positions of the columns that are read by name. */
export const TypeDefColumn = { Flags: 0, Name: 1, Namespace: 2, Extends: 3, FieldList: 4, MethodList: 5 } as const;
export const TypeRefColumn = { Scope: 0, Name: 1, Namespace: 2 } as const;
export const MethodDefColumn = { Rva: 0, ImplFlags: 1, Flags: 2, Name: 3, Signature: 4, ParamList: 5 } as const;
export const ParamColumn = { Flags: 0, Sequence: 1, Name: 2 } as const;
export const FieldColumn = { Flags: 0, Name: 1, Signature: 2 } as const;
